#!/usr/bin/env python3
"""The comparison of estimates in models/README.md, "Share of bots": each source left out, mixed to a known share.

    cargo run --release --example left_out -- models/default.toml DATASETS > /tmp/left_out.csv
    python3 models/share_table.py /tmp/left_out.csv        # numpy 2.4
"""
import collections
import csv
import sys

import numpy as np

rows=list(csv.DictReader(open(sys.argv[1])))
S=collections.OrderedDict()
for r in rows:
    if r['logit']: S.setdefault((r['source'],r['family']),([],[]))[int(r['bot'])].append(float(r['logit']))
S={k:(np.array(a),np.array(b)) for k,(a,b) in S.items()}
sig=lambda x:1/(1+np.exp(-x))
def em(x,w,start=.1):
    # x logit at 0.5; w weights
    lr=np.exp(np.clip(x,-30,30)); pi=start
    for _ in range(2000):
        r=pi*lr/(pi*lr+1-pi); n=(w*r).sum()/w.sum()
        if abs(n-pi)<1e-7: break
        pi=n
    return pi
def mix(h,b,p):
    x=np.concatenate([h,b]); w=np.concatenate([np.full(len(h),(1-p)/len(h)),np.full(len(b),p/len(b))]); return x,w
rates={k:((b>=0).mean(),(h>=0).mean()) for k,(h,b) in S.items()}
fam=lambda k:k[1]
def ac(k,x,w):
    o=collections.defaultdict(list)
    for j in rates:
        if fam(j)!=fam(k): o[fam(j)].append(rates[j])
    m=np.array([np.mean(v,axis=0) for v in o.values()]).mean(axis=0)
    q=w[x>=0].sum()/w.sum()
    return np.clip((q-m[1])/(m[0]-m[1]),0,1)
# histogram (probabilistic) adjusted: mean posterior (PACC)
def pacc(k,x,w):
    o=collections.defaultdict(list)
    for j,(h,b) in S.items():
        if fam(j)!=fam(k): o[fam(j)].append((sig(b).mean(),sig(h).mean()))
    m=np.array([np.mean(v,axis=0) for v in o.values()]).mean(axis=0)
    q=(w*sig(x)).sum()/w.sum()
    return np.clip((q-m[1])/(m[0]-m[1]),0,1)
# EM with class-densities from the other sources (histogram mixture ML)
edges=np.linspace(-6,6,49)
def hists(k):
    o=collections.defaultdict(list)
    for j,(h,b) in S.items():
        if fam(j)!=fam(k):
            o[fam(j)].append((np.histogram(np.clip(h,-5.99,5.99),edges)[0]/len(h),np.histogram(np.clip(b,-5.99,5.99),edges)[0]/len(b)))
    return np.array([np.mean(v,axis=0) for v in o.values()]).mean(axis=0)
def emh(k,x,w):
    H,B=hists(k)+1e-4
    c=np.histogram(np.clip(x,-5.99,5.99),edges,weights=w)[0]; c/=c.sum()
    pi=.1
    for _ in range(3000):
        r=pi*B/(pi*B+(1-pi)*H); n=(c*r).sum()
        if abs(n-pi)<1e-7:break
        pi=n
    return pi
P=[.05,.1,.2,.5]
tot=collections.defaultdict(list)
for k in S:
    out=[]
    for p in P:
        x,w=mix(*S[k],p)
        e=[em(x,w),ac(k,x,w),pacc(k,x,w),emh(k,x,w)]
        for n,v in zip(['em','ac','pacc','emh'],e): tot[n].append((k,p,v))
        out.append('%.2f %.2f %.2f %.2f'%tuple(e))
    print('%-28s'%k[0],' | '.join(out))
for n,v in tot.items():
    fams=collections.defaultdict(list)
    for p in P:
        d=collections.defaultdict(list)
        for k,pp,e in v:
            if pp==p: d[k[1]].append(abs(e-p))
        print(n,p,'mean abs err by family %.3f'%np.mean([np.mean(z) for z in d.values()]), 'worst %.3f'%max(np.max(z) for z in d.values()), end=' ; ')
    print()
